//! Charges cards and gives money back.
//!
//! The processor behind it is simulated: the card's token says how it answers, as with the test
//! cards of a real one. Everything else is what a plugin for a real processor would do: it hands
//! the call's idempotency key on, tells a refusal from an outage, and passes on how long to wait.

use std::{
    hint, thread,
    time::{Duration, SystemTime},
};

use money::Money;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use stepwell_task::{Call, Failure};

stepwell_task::plugin! {
    summary: "Charges cards and gives money back, through a simulated processor.",
    tasks: [
        // Idempotent, although money moves: the processor answers a key it has seen with the
        // transaction it made then.
        "charge": idempotent "Charges a card." => charge,
        "refund": idempotent "Gives back what a transaction took, or part of it." => refund,
    ],
}

/// What to charge, and to which card.
#[derive(Deserialize, JsonSchema)]
pub struct Charge {
    order: String,
    amount: Money,
    card: Card,
}

/// A card's token, which says how the simulated processor answers.
#[derive(Clone, Copy, Deserialize, JsonSchema)]
enum Card {
    /// Takes any amount.
    #[serde(rename = "tok_approved")]
    Approved,
    /// Is declined for good.
    #[serde(rename = "tok_declined")]
    Declined,
    /// Finds the processor unavailable on the first attempt.
    #[serde(rename = "tok_unavailable_once")]
    UnavailableOnce,
    /// Finds the processor unavailable on every attempt.
    #[serde(rename = "tok_unavailable")]
    Unavailable,
    /// Gets no answer before the call's deadline.
    #[serde(rename = "tok_timeout")]
    Timeout,
    /// Never comes to an end, and keeps the processor of the host busy.
    #[serde(rename = "tok_spin")]
    Spin,
}

/// The processor's answer.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Receipt {
    transaction_id: String,
    order: String,
    amount: Money,
    /// The amount for people, such as `49.90 EUR`.
    charged: String,
}

/// What to give back, and of which transaction.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Refund {
    transaction_id: String,
    amount: Money,
}

/// The processor's answer.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Refunded {
    refund_id: String,
    transaction_id: String,
    amount: Money,
}

fn charge(input: Charge, call: &Call) -> Result<Receipt, Failure> {
    if input.amount.minor == 0 {
        return Err(Failure::new("InvalidAmount", "there is nothing to charge"));
    }
    processor(input.card, call)?;
    Ok(Receipt {
        transaction_id: call.id("txn"),
        order: input.order,
        amount: input.amount,
        charged: input.amount.to_string(),
    })
}

fn refund(input: Refund, call: &Call) -> Result<Refunded, Failure> {
    if !input.transaction_id.starts_with("txn_") {
        return Err(Failure::new(
            "NoSuchTransaction",
            format!("the processor knows no transaction {:?}", input.transaction_id),
        ));
    }
    Ok(Refunded {
        refund_id: call.id("rfd"),
        transaction_id: input.transaction_id,
        amount: input.amount,
    })
}

fn processor(card: Card, call: &Call) -> Result<(), Failure> {
    match card {
        Card::Approved => Ok(()),
        Card::Declined => {
            Err(Failure::new("CardDeclined", "the bank declined the card: insufficient funds"))
        }
        Card::UnavailableOnce if call.attempt > 0 => Ok(()),
        Card::UnavailableOnce | Card::Unavailable => Err(Failure::new(
            "ProcessorUnavailable",
            "the payment processor answered 503 Service Unavailable",
        )
        .retry_after(Duration::from_secs(1))),
        Card::Timeout => {
            sleep_past(call.deadline);
            Err(Failure::new("ProcessorTimeout", "the payment processor gave no answer"))
        }
        Card::Spin => loop {
            hint::black_box(card);
        },
    }
}

fn sleep_past(deadline: Option<SystemTime>) {
    let left = deadline.map_or(Duration::from_secs(60), |deadline| {
        deadline.duration_since(SystemTime::now()).unwrap_or_default()
    });
    thread::sleep(left + Duration::from_secs(1));
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn charge(card: &str, minor: u64, call: &Call) -> Result<Value, Failure> {
        let amount = json!({ "minor": minor, "currency": "EUR" });
        let input = json!({ "order": "A-1", "amount": amount, "card": card });
        let output = plugin().run("charge", &input.to_string(), call)?;
        Ok(serde_json::from_str(&output)?)
    }

    #[test]
    fn every_attempt_is_the_same_transaction() -> Result<(), Failure> {
        let mut call = Call::local("key");
        let first = charge("tok_approved", 4990, &call)?;
        assert_eq!(first["charged"], "49.90 EUR");
        call.attempt = 1;
        assert_eq!(charge("tok_approved", 4990, &call)?, first);
        Ok(())
    }

    #[test]
    fn a_declined_card_is_told_from_an_outage() {
        let call = Call::local("key");
        let declined = charge("tok_declined", 1, &call).unwrap_err();
        assert_eq!(
            declined.to_string(),
            "Payments.CardDeclined: the bank declined the card: insufficient funds"
        );
        assert_eq!(declined.delay(), None);
        let outage = charge("tok_unavailable", 1, &call).unwrap_err();
        assert_eq!(outage.error(), "Payments.ProcessorUnavailable");
        assert_eq!(outage.delay(), Some(Duration::from_secs(1)));
    }

    #[test]
    fn an_outage_may_pass() -> Result<(), Failure> {
        let mut call = Call::local("key");
        assert!(charge("tok_unavailable_once", 1, &call).is_err());
        call.attempt = 1;
        charge("tok_unavailable_once", 1, &call)?;
        Ok(())
    }

    #[test]
    fn wrong_input_is_refused() {
        let call = Call::local("key");
        let error = charge("tok_approved", 0, &call).unwrap_err();
        assert_eq!(error.error(), "Payments.InvalidAmount");
        let error = charge("4242 4242 4242 4242", 1, &call).unwrap_err();
        assert!(
            error.to_string().starts_with(
                "Payments.InvalidInput: the input does not fit task \"charge\": at $.card: \
                 unknown variant `4242 4242 4242 4242`"
            ),
            "{error}"
        );
    }

    #[test]
    fn only_a_transaction_can_be_refunded() {
        let call = Call::local("key");
        let refund = |transaction: &str| {
            let amount = json!({ "minor": 1, "currency": "EUR" });
            let input = json!({ "transactionId": transaction, "amount": amount });
            plugin().run("refund", &input.to_string(), &call)
        };
        assert!(refund("txn_1").is_ok_and(|output| output.contains("\"refundId\":\"rfd_")));
        let error = refund("invoice 7").unwrap_err();
        assert_eq!(
            error.to_string(),
            "Payments.NoSuchTransaction: the processor knows no transaction \"invoice 7\""
        );
    }
}
