//! What holds of every store: each test is given an empty one.

pub(crate) mod commits;
pub(crate) mod lists;
pub(crate) mod pending;
pub(crate) mod reads;
pub(crate) mod retention;

/// Makes one test of each, for a store that an expression opens.
macro_rules! suite {
    ($open:expr) => {
        crate::suite::suite!($open;
            commits {
                commits_one_step_after_another
                refuses_what_does_not_follow
                a_delta_that_is_committed_again_is_answered_as_it_was
                a_name_is_taken_until_the_execution_is_deleted
                a_lease_that_is_over_commits_nothing
                one_delta_that_is_refused_takes_no_other_with_it
                deltas_of_one_execution_apply_in_their_order
                keeps_the_state_of_what_may_be_redriven
                redrives_what_failed_and_nothing_else
            }
            pending {
                timers_are_due_and_gone_with_their_execution
                messages_stay_until_they_are_applied
                notices_stay_until_they_are_delivered
            }
            reads {
                reads_a_history_in_pages_and_both_directions
                a_page_of_events_ends_where_its_data_are_enough
                stores_long_payloads_once_and_gives_them_back
                loads_the_open_executions_of_a_shard
                describes_what_there_is
            }
            lists {
                lists_the_newest_first_in_stable_pages
                lists_by_status_version_alias_redrive_and_map_run
                searches_all_machines
                counts_executions_as_they_change
                keeps_map_runs
            }
            retention {
                deletes_what_ended_long_ago
                the_children_of_a_map_run_are_kept_with_it
            }
        );
    };
    ($open:expr; $($group:ident { $($test:ident)* })*) => {
        $($(
            #[tokio::test]
            async fn $test() {
                let (store, _directory) = $open;
                crate::suite::$group::$test(&store).await;
            }
        )*)*
    };
}
pub(crate) use suite;
