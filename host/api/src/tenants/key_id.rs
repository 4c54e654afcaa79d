//! Ids of access keys, which say whose they are, as AWS's do.

use std::fmt;

use crate::arn::is_account;

const PREFIX: &str = "AKIA";
const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const DIGITS: usize = 16;
/// How many of the 80 bits are random; the others are the account.
const RANDOM_BITS: u32 = 40;

/// `AKIA` and 16 digits of base 32: an account id and 40 random bits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct KeyId {
    text: String,
    account: String,
}

impl KeyId {
    /// One of an account.
    pub(super) fn new(account: &str, random: [u8; 5]) -> Option<Self> {
        let number: u64 = account.parse().ok().filter(|_| is_account(account))?;
        let random = random.iter().fold(0, |bits, byte| bits << 8 | u128::from(*byte));
        let bits = u128::from(number) << RANDOM_BITS | random;
        let digits = (0..DIGITS).rev().map(|place| {
            let digit = bits >> (5 * place) & 31;
            char::from(ALPHABET[digit as usize])
        });
        let text = PREFIX.chars().chain(digits).collect();
        Some(Self { text, account: account.to_owned() })
    }

    /// The id that this text is.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix(PREFIX).filter(|digits| digits.len() == DIGITS)?;
        let mut bits = 0;
        for digit in digits.bytes() {
            bits = bits << 5 | ALPHABET.iter().position(|it| *it == digit)? as u128;
        }
        let account = format!("{:012}", bits >> RANDOM_BITS);
        is_account(&account).then(|| Self { text: text.to_owned(), account })
    }

    pub(super) fn account(&self) -> &str {
        &self.account
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_say_whose_they_are() {
        for account in ["000000000000", "111111111111", "999999999999"] {
            let id = KeyId::new(account, [0, 1, 127, 128, 255]).unwrap();
            let text = id.to_string();
            assert_eq!(text.len(), 20);
            assert_eq!(KeyId::parse(&text), Some(id.clone()));
            assert_eq!(id.account(), account);
        }
        assert_eq!(KeyId::new("0", [0; 5]), None);
        assert_eq!(KeyId::new("000000000000", [0; 5]).unwrap().to_string(), "AKIAAAAAAAAAAAAAAAAA");
    }

    #[test]
    fn other_texts_are_none() {
        // The last one's account has 13 digits.
        let texts =
            ["", "AKIA", "AKIAAAAAAAAAAAAAAAA1", "akiaaaaaaaaaaaaaaaaa", "AKIA7777777777777777"];
        for text in texts.into_iter().chain(["AKIAAAAAAAAAAAAAAAAAA", "ASIAAAAAAAAAAAAAAAAA"]) {
            assert_eq!(KeyId::parse(text), None, "{text}");
        }
    }
}
