//! Amounts of money, exact to the smallest unit of their currency.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// So many of the smallest unit of a currency: `{"minor": 4990, "currency": "EUR"}` is 49.90 EUR.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Money {
    /// How many of the currency's smallest unit: cents for EUR, yen for JPY.
    pub minor: u64,
    /// ISO 4217.
    pub currency: Currency,
}

impl Money {
    /// The sum; none where the currencies differ or it does not fit.
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        if self.currency != other.currency {
            return None;
        }
        let minor = self.minor.checked_add(other.minor)?;
        Some(Self { minor, ..self })
    }

    /// So many times the amount; none where it does not fit.
    #[must_use]
    pub fn checked_mul(self, times: u64) -> Option<Self> {
        let minor = self.minor.checked_mul(times)?;
        Some(Self { minor, ..self })
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.currency.digits();
        let unit = 10_u64.pow(digits);
        write!(f, "{}", self.minor / unit)?;
        if digits > 0 {
            let width = digits as usize;
            write!(f, ".{:0width$}", self.minor % unit)?;
        }
        write!(f, " {}", self.currency)
    }
}

/// A currency by its ISO 4217 code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(extend("pattern" = "^[A-Z]{3}$"))]
pub struct Currency([u8; 3]);

impl Currency {
    /// How many decimal digits its smallest unit has.
    #[must_use]
    pub fn digits(self) -> u32 {
        match &self.0 {
            b"BIF" | b"CLP" | b"DJF" | b"GNF" | b"ISK" | b"JPY" | b"KMF" | b"KRW" | b"PYG"
            | b"RWF" | b"UGX" | b"UYI" | b"VND" | b"VUV" | b"XAF" | b"XOF" | b"XPF" => 0,
            b"BHD" | b"IQD" | b"JOD" | b"KWD" | b"LYD" | b"OMR" | b"TND" => 3,
            b"CLF" | b"UYW" => 4,
            _ => 2,
        }
    }
}

impl TryFrom<String> for Currency {
    type Error = String;

    fn try_from(code: String) -> Result<Self, String> {
        <[u8; 3]>::try_from(code.as_bytes())
            .ok()
            .filter(|letters| letters.iter().all(u8::is_ascii_uppercase))
            .map(Self)
            .ok_or_else(|| format!("{code:?} is not a currency: three capital letters, as in EUR"))
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.to_string()
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|letter| write!(f, "{}", char::from(*letter)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(json: &str) -> Result<Money, serde_json::Error> {
        serde_json::from_str(json)
    }

    #[test]
    fn is_shown_with_the_digits_of_its_currency() -> Result<(), serde_json::Error> {
        for (json, shown) in [
            (r#"{"minor":4990,"currency":"EUR"}"#, "49.90 EUR"),
            (r#"{"minor":5,"currency":"EUR"}"#, "0.05 EUR"),
            (r#"{"minor":1200,"currency":"JPY"}"#, "1200 JPY"),
            (r#"{"minor":1200,"currency":"KWD"}"#, "1.200 KWD"),
        ] {
            assert_eq!(money(json)?.to_string(), shown);
            assert_eq!(serde_json::to_string(&money(json)?)?, json);
        }
        Ok(())
    }

    #[test]
    fn refuses_what_is_no_currency() {
        let error = money(r#"{"minor":1,"currency":"euro"}"#).unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with(r#""euro" is not a currency: three capital letters, as in EUR"#),
            "{error}"
        );
        assert!(money(r#"{"minor":-1,"currency":"EUR"}"#).is_err());
        assert!(money(r#"{"minor":0.5,"currency":"EUR"}"#).is_err());
    }

    #[test]
    fn never_mixes_currencies_nor_overflows() -> Result<(), serde_json::Error> {
        let euros = money(r#"{"minor":10,"currency":"EUR"}"#)?;
        let yen = money(r#"{"minor":10,"currency":"JPY"}"#)?;
        assert_eq!(euros.checked_add(yen), None);
        assert_eq!(euros.checked_mul(u64::MAX), None);
        assert_eq!(euros.checked_mul(3).map(|sum| sum.minor), Some(30));
        Ok(())
    }
}
