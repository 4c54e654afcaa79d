//! Which variables the states refer to.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Assign, CatchOutput, Catcher, Condition, Distributed, Field, Io, Items, Kind, Mode, Operand,
    Operator, StateMachine, WaitUntil,
};
use crate::{
    expression::{Expression, Template},
    path::Path,
};

impl StateMachine {
    /// The variables that each state reads, as DescribeStateMachine's `variableReferences` gives
    /// them: nested states stand beside the others, states that read none are left out, what a
    /// state only assigns does not count, and the names are in alphabetical order.
    ///
    /// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeStateMachine.html>
    pub fn variable_references(&self) -> BTreeMap<&str, BTreeSet<&str>> {
        let of = |kind| {
            let mut names = Names::default();
            names.state(kind);
            names.0
        };
        self.states
            .values()
            .map(|state| (&*state.name, of(&state.kind)))
            .filter(|(_, names)| !names.is_empty())
            .collect()
    }
}

/// The names found so far.
#[derive(Default)]
struct Names<'a>(BTreeSet<&'a str>);

impl<'a> Names<'a> {
    fn state(&mut self, kind: &'a Kind) {
        match kind {
            Kind::Pass(pass) => {
                self.io(&pass.io);
                self.assign(&pass.assign);
            }
            Kind::Task(task) => {
                self.io(&task.io);
                self.field(task.timeout_seconds.as_ref());
                self.field(task.heartbeat_seconds.as_ref());
                self.template(task.credentials.as_ref());
                self.catch(&task.catch);
                self.assign(&task.assign);
            }
            Kind::Choice(choice) => {
                self.io(&choice.io);
                for rule in &choice.choices {
                    self.condition(&rule.condition);
                    self.assign(&rule.assign);
                    self.template(rule.output.as_ref());
                }
                self.assign(&choice.assign);
            }
            Kind::Wait(wait) => {
                match &wait.until {
                    WaitUntil::Seconds(seconds) => self.field(Some(seconds)),
                    WaitUntil::Timestamp(timestamp) => self.field(Some(timestamp)),
                }
                self.io(&wait.io);
                self.assign(&wait.assign);
            }
            Kind::Succeed(succeed) => self.io(&succeed.io),
            Kind::Fail(fail) => {
                self.field(fail.error.as_ref());
                self.field(fail.cause.as_ref());
            }
            Kind::Parallel(parallel) => {
                self.io(&parallel.io);
                self.catch(&parallel.catch);
                self.assign(&parallel.assign);
            }
            Kind::Map(map) => {
                match &map.items {
                    Some(Items::Path(path)) => self.path(path),
                    Some(Items::Template(template)) => self.template(Some(template)),
                    None => {}
                }
                self.template(map.item_selector.as_ref());
                self.field(map.max_concurrency.as_ref());
                self.field(map.tolerated_failure_count.as_ref());
                self.field(map.tolerated_failure_percentage.as_ref());
                if let Mode::Distributed(distributed) = &map.mode {
                    self.distributed(distributed);
                }
                self.io(&map.io);
                self.catch(&map.catch);
                self.assign(&map.assign);
            }
        }
    }

    fn distributed(&mut self, distributed: &'a Distributed) {
        if let Some(reader) = &distributed.item_reader {
            self.template(reader.arguments.as_ref());
            self.field(reader.max_items.as_ref());
        }
        if let Some(batcher) = &distributed.item_batcher {
            self.field(batcher.max_items.as_ref());
            self.field(batcher.max_bytes.as_ref());
            self.template(batcher.input.as_ref());
        }
        if let Some(writer) = &distributed.result_writer {
            self.template(writer.destination.as_ref());
        }
    }

    fn io(&mut self, io: &'a Io) {
        match io {
            Io::JsonPath(io) => {
                io.input_path.iter().chain(&io.output_path).for_each(|path| self.path(path));
                self.template(io.parameters.as_ref());
                self.template(io.result_selector.as_ref());
            }
            Io::Jsonata(io) => {
                self.template(io.arguments.as_ref());
                self.template(io.output.as_ref());
            }
        }
    }

    fn catch(&mut self, catch: &'a [Catcher]) {
        for catcher in catch {
            if let CatchOutput::Output(output) = &catcher.output {
                self.template(output.as_ref());
            }
            self.assign(&catcher.assign);
        }
    }

    fn assign(&mut self, assign: &'a Assign) {
        assign.iter().for_each(|(_, template)| self.template(Some(template)));
    }

    fn condition(&mut self, condition: &'a Condition) {
        match condition {
            Condition::And(conditions) | Condition::Or(conditions) => {
                conditions.iter().for_each(|condition| self.condition(condition));
            }
            Condition::Not(condition) => self.condition(condition),
            Condition::Comparison(comparison) => {
                self.path(&comparison.variable);
                if let Operator::Compare { operand: Operand::Path(path), .. } = &comparison.operator
                {
                    self.path(path);
                }
            }
            Condition::Jsonata(expression) => self.expression(expression),
        }
    }

    fn template(&mut self, template: Option<&'a Template>) {
        for expression in template.into_iter().flat_map(Template::expressions) {
            self.expression(expression);
        }
    }

    fn field<T>(&mut self, field: Option<&'a Field<T>>) {
        if let Some(Field::Computed(expression)) = field {
            self.expression(expression);
        }
    }

    fn path(&mut self, path: &'a Path) {
        self.0.extend(path.variable());
    }

    fn expression(&mut self, expression: &'a Expression) {
        self.0.extend(expression.variables());
    }
}
