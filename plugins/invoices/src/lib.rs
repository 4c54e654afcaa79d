//! Renders invoices as HTML files.

use std::path::Path;

use maud::{DOCTYPE, Markup, PreEscaped, html};
use money::{Currency, Money};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use stepwell_task::{Call, Failure, fs};

stepwell_task::plugin! {
    summary: "Renders invoices as HTML files.",
    wants: { directories: ["/invoices"] },
    tasks: [
        // A file that is there already is left as it is.
        "render": idempotent "Writes an order's invoice into /invoices." => render,
    ],
}

/// What was ordered, and by whom.
#[derive(Deserialize, JsonSchema)]
pub struct Order {
    order: String,
    customer: Customer,
    #[schemars(length(min = 1))]
    items: Vec<Item>,
    currency: Currency,
    /// What was charged, in the currency's smallest unit; the items must add up to it.
    total: u64,
}

#[derive(Deserialize, JsonSchema)]
struct Customer {
    name: String,
    email: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Item {
    description: String,
    quantity: u64,
    /// In the currency's smallest unit.
    unit_price: u64,
}

/// Where the invoice is.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Invoice {
    number: String,
    /// The file's name in /invoices.
    file: String,
    /// The total for people, such as `49.90 EUR`.
    total: String,
}

/// An item with its price worked out.
struct Line {
    description: String,
    quantity: u64,
    unit_price: Money,
    price: Money,
}

fn render(order: Order, call: &Call) -> Result<Invoice, Failure> {
    render_into(Path::new("/invoices"), order, call)
}

fn render_into(folder: &Path, order: Order, call: &Call) -> Result<Invoice, Failure> {
    let currency = order.currency;
    let lines =
        order.items.iter().map(|item| Line::of(item, currency)).collect::<Result<Vec<_>, _>>()?;
    let nothing = Money { minor: 0, currency };
    let sum = lines
        .iter()
        .try_fold(nothing, |sum, line| sum.checked_add(line.price))
        .ok_or_else(too_large)?;
    let total = Money { minor: order.total, currency };
    if sum != total {
        return Err(Failure::new(
            "TotalMismatch",
            format!("the items add up to {sum}, but the order's total is {total}"),
        ));
    }

    let number = call.id("INV");
    let file = format!("{number}.html");
    let path = folder.join(&file);
    if fs::read(&path)?.is_none() {
        let page = page(&number, &order, &lines, total);
        fs::write(&path, page.into_string())?;
    }
    Ok(Invoice { number, file, total: total.to_string() })
}

impl Line {
    fn of(item: &Item, currency: Currency) -> Result<Self, Failure> {
        let unit_price = Money { minor: item.unit_price, currency };
        Ok(Self {
            description: item.description.clone(),
            quantity: item.quantity,
            unit_price,
            price: unit_price.checked_mul(item.quantity).ok_or_else(too_large)?,
        })
    }
}

fn too_large() -> Failure {
    Failure::new("AmountTooLarge", "the order's total does not fit 64 bits")
}

const STYLE: &str = "
body { font: 16px/1.5 system-ui, sans-serif; max-width: 44rem; margin: 3rem auto; color: #222 }
table { width: 100%; border-collapse: collapse; margin: 2rem 0 }
th, td { padding: .5rem; text-align: left; border-bottom: 1px solid #ddd }
.number { text-align: right; font-variant-numeric: tabular-nums }
tfoot td { font-weight: bold; border-bottom: none }
";

fn page(number: &str, order: &Order, lines: &[Line], total: Money) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                title { "Invoice " (number) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                h1 { "Invoice" }
                p {
                    "Number " strong { (number) } br;
                    "Order " (order.order)
                }
                p { (order.customer.name) br; (order.customer.email) }
                table {
                    thead {
                        tr {
                            th { "Description" }
                            th.number { "Quantity" }
                            th.number { "Price each" }
                            th.number { "Price" }
                        }
                    }
                    tbody {
                        @for line in lines {
                            tr {
                                td { (line.description) }
                                td.number { (line.quantity) }
                                td.number { (line.unit_price.to_string()) }
                                td.number { (line.price.to_string()) }
                            }
                        }
                    }
                    tfoot {
                        tr {
                            td colspan="3" { "Total" }
                            td.number { (total.to_string()) }
                        }
                    }
                }
                p { "Paid by card. Thank you." }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error;

    use serde_json::json;

    use super::*;

    fn order(total: u64) -> Result<Order, serde_json::Error> {
        serde_json::from_value(json!({
            "order": "A-1001",
            "customer": { "name": "Ada <Lovelace>", "email": "ada@example.com" },
            "items": [
                { "description": "Hosting & mail", "quantity": 2, "unitPrice": 1995 },
                { "description": "Support", "quantity": 1, "unitPrice": 1000 },
            ],
            "currency": "EUR",
            "total": total,
        }))
    }

    #[test]
    fn the_same_key_is_the_same_file() -> Result<(), Box<dyn Error>> {
        let folder = tempfile::tempdir()?;
        let call = Call::local("key");
        let invoice = render_into(folder.path(), order(4990)?, &call)?;
        assert_eq!(invoice.total, "49.90 EUR");
        let path = folder.path().join(&invoice.file);
        let page = std::fs::read_to_string(&path)?;
        assert!(page.contains("<td class=\"number\">39.90 EUR</td>"), "{page}");
        assert!(page.contains("Ada &lt;Lovelace&gt;"), "{page}");
        assert!(page.contains("Hosting &amp; mail"), "{page}");

        std::fs::write(&path, "as it was")?;
        let again = render_into(folder.path(), order(4990)?, &call)?;
        assert_eq!(again.file, invoice.file);
        assert_eq!(std::fs::read_to_string(&path)?, "as it was");
        Ok(())
    }

    #[test]
    fn items_must_add_up() -> Result<(), Box<dyn Error>> {
        let folder = tempfile::tempdir()?;
        let result = render_into(folder.path(), order(4991)?, &Call::local("key"));
        assert_eq!(
            result.err().map(|failure| failure.to_string()).as_deref(),
            Some(
                "TotalMismatch: the items add up to 49.90 EUR, but the order's total is 49.91 EUR"
            )
        );
        assert_eq!(std::fs::read_dir(folder.path())?.count(), 0);
        Ok(())
    }

    #[test]
    fn a_total_beyond_64_bits_is_refused() -> Result<(), Box<dyn Error>> {
        let mut order = order(1)?;
        if let Some(item) = order.items.first_mut() {
            item.quantity = u64::MAX;
        }
        let folder = tempfile::tempdir()?;
        let result = render_into(folder.path(), order, &Call::local("key"));
        assert_eq!(result.err().as_ref().map(Failure::error), Some("AmountTooLarge"));
        Ok(())
    }
}
