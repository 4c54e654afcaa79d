use super::*;

#[test]
fn each_action_has_a_request_that_is_an_object() {
    for action in OwnAction::ALL {
        assert_eq!(OwnAction::parse(action.as_str()), Some(*action));
        // The shape of the request is known: what is no object is refused.
        let error = check(*action, b"[]").unwrap_err();
        assert_eq!(error.message, "Start of list found where not expected", "{action:?}");
    }
    assert_eq!(OwnAction::parse("Nonsense"), None);
}
