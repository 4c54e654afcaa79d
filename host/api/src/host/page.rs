//! Pages of lists, and where they go on.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256};

use super::failure::invalid_token;
use crate::{
    Error,
    service::{Action, Caller},
};

/// How many items a page has where nobody says.
const DEFAULT: usize = 100;

/// What `maxResults` asks for.
pub(crate) fn size(max_results: u32) -> usize {
    usize::try_from(max_results).ok().filter(|size| *size > 0).unwrap_or(DEFAULT)
}

/// What tells the tokens of one list from those of another.
pub(super) struct List<'a> {
    pub(super) caller: &'a Caller,
    pub(super) action: Action,
    /// What the list is of.
    pub(super) of: &'a str,
}

impl List<'_> {
    fn mark(&self) -> [u8; 8] {
        let mut hash = Sha256::new();
        for part in [self.action.as_str(), &self.caller.account, self.of] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        let mut mark = [0; 8];
        mark.copy_from_slice(&hash.finalize()[..8]);
        mark
    }

    /// `nextToken` of an answer. It is not secret and not signed; what it can do at worst is to
    /// begin a list, of what its bearer may list, elsewhere.
    pub(super) fn token(&self, next: Option<String>) -> Option<String> {
        next.map(|next| {
            let mut bytes = self.mark().to_vec();
            bytes.extend(next.as_bytes());
            BASE64_URL_SAFE_NO_PAD.encode(bytes)
        })
    }

    /// What a request's `nextToken` says that the page comes after.
    ///
    /// # Errors
    /// InvalidToken.
    pub(super) fn after(&self, token: Option<&str>) -> Result<Option<String>, Error> {
        let Some(token) = token else { return Ok(None) };
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(token).map_err(|_| invalid_token())?;
        let name = bytes.strip_prefix(&self.mark()).ok_or_else(invalid_token)?;
        String::from_utf8(name.to_vec()).map(Some).map_err(|_| invalid_token())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_of_one_list() {
        let caller = |account: &str| Caller {
            account: account.into(),
            region: "us-east-1".into(),
            request_id: String::new(),
        };
        let (one, other) = (caller("111111111111"), caller("222222222222"));
        let list = |caller, of| List { caller, action: Action::ListStateMachineAliases, of };
        let token = list(&one, "m").token(Some("m:a".into())).unwrap();
        assert_eq!(list(&one, "m").after(Some(&token)), Ok(Some("m:a".into())));
        assert_eq!(list(&one, "m").after(None), Ok(None));
        assert_eq!(list(&one, "m").token(None), None);
        let versions = List { action: Action::ListStateMachineVersions, ..list(&one, "m") };
        for (list, token) in [
            (list(&one, "n"), &*token),
            (list(&other, "m"), &*token),
            (versions, &*token),
            (list(&one, "m"), "InvalidToken"),
            (list(&one, "m"), "é"),
        ] {
            let error = list.after(Some(token)).unwrap_err();
            assert_eq!(error.to_string(), "InvalidToken: Invalid Token: 'Invalid token'");
        }
    }

    #[test]
    fn a_page_has_a_hundred_items_unless_another_size_is_asked_for() {
        assert_eq!((size(0), size(1), size(1000)), (100, 1, 1000));
    }
}
