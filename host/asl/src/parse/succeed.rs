//! Succeed states. <https://states-language.net/spec.html#succeed-state>

use super::{
    fields::Fields,
    io::{self, Extent},
};
use crate::definition::Succeed;

pub(super) fn parse(fields: &Fields<'_>) -> Option<Succeed> {
    Some(Succeed { io: io::parse(fields, Extent::Paths)? })
}
