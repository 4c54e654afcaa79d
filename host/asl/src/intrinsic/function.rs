//! The functions by name.

use std::ops::RangeInclusive;

use serde_json::Value;

use super::{
    arguments::{Arguments, Refusal},
    array, encode, hash, json, math, string, unique,
};
use crate::expression::Environment;

macro_rules! functions {
    ($($name:ident),* $(,)?) => {
        /// A function.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[expect(clippy::upper_case_acronyms, reason = "the names are AWS's")]
        pub(super) enum Function {
            $($name),*
        }

        impl Function {
            /// The function of this name, without `States.`.
            pub(super) fn parse(name: &str) -> Option<Self> {
                match name {
                    $(stringify!($name) => Some(Self::$name),)*
                    _ => None,
                }
            }

            pub(super) fn name(self) -> &'static str {
                match self {
                    $(Self::$name => concat!("States.", stringify!($name)),)*
                }
            }
        }
    };
}

functions! {
    Array, ArrayContains, ArrayGetItem, ArrayLength, ArrayPartition, ArrayRange, ArrayUnique,
    Base64Decode, Base64Encode, Format, Hash, JsonMerge, JsonToString, MathAdd, MathRandom,
    StringSplit, StringToJson, UUID,
}

impl Function {
    /// How many arguments it takes.
    pub(super) fn arity(self) -> RangeInclusive<usize> {
        match self {
            Self::Array => 0..=usize::MAX,
            Self::Format => 1..=usize::MAX,
            Self::UUID => 0..=0,
            Self::ArrayLength
            | Self::ArrayUnique
            | Self::Base64Decode
            | Self::Base64Encode
            | Self::JsonToString
            | Self::StringToJson => 1..=1,
            Self::ArrayContains
            | Self::ArrayGetItem
            | Self::ArrayPartition
            | Self::Hash
            | Self::MathAdd
            | Self::StringSplit => 2..=2,
            Self::MathRandom => 2..=3,
            Self::ArrayRange | Self::JsonMerge => 3..=3,
        }
    }

    /// Whether it takes any number of arguments.
    pub(super) fn is_variadic(self) -> bool {
        *self.arity().end() == usize::MAX
    }

    pub(super) fn call(
        self,
        arguments: Arguments<'_>,
        environment: &dyn Environment,
    ) -> Result<Value, Refusal> {
        match self {
            Self::Array => Ok(array::array(arguments)),
            Self::ArrayContains => array::contains(&arguments),
            Self::ArrayGetItem => array::get_item(&arguments),
            Self::ArrayLength => array::length(&arguments),
            Self::ArrayPartition => array::partition(&arguments),
            Self::ArrayRange => array::range(&arguments),
            Self::ArrayUnique => array::unique(&arguments),
            Self::Base64Decode => encode::base64_decode(&arguments),
            Self::Base64Encode => encode::base64_encode(&arguments),
            Self::Format => string::format(&arguments),
            Self::Hash => hash::hash(&arguments),
            Self::JsonMerge => json::merge(&arguments),
            Self::JsonToString => json::to_string(&arguments),
            Self::MathAdd => math::add(&arguments),
            Self::MathRandom => math::random(&arguments, environment),
            Self::StringSplit => string::split(&arguments),
            Self::StringToJson => json::from_string(&arguments),
            Self::UUID => Ok(unique::uuid(environment)),
        }
    }
}
