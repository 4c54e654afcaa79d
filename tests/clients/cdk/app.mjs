// A state machine as people write one with the CDK: prints the template that it is synthesised to.
import { App, Duration, Stack } from 'aws-cdk-lib';
import {
  Choice, Condition, DefinitionBody, Fail, Map, Parallel, Pass, Result, StateMachine, Succeed, Wait,
  WaitTime,
} from 'aws-cdk-lib/aws-stepfunctions';

const app = new App({ analyticsReporting: false });
const stack = new Stack(app, 'Orders');
const sizes = new Map(stack, 'Each item', { itemsPath: '$.items', maxConcurrency: 2 })
  .itemProcessor(new Pass(stack, 'Weigh', { parameters: { 'item.$': '$', weight: 2 } }));
const both = new Parallel(stack, 'Side by side', { resultPath: '$.done' })
  .branch(new Pass(stack, 'Invoice', { result: Result.fromObject({ invoice: 'I-1' }) }))
  .branch(new Wait(stack, 'Moment', { time: WaitTime.duration(Duration.seconds(0)) }))
  .addCatch(new Fail(stack, 'Failed', { error: 'Orders.Failed' }));
const definition = new Choice(stack, 'Any items?')
  .when(Condition.isPresent('$.items[0]'), both.next(sizes).next(new Succeed(stack, 'Shipped')))
  .otherwise(new Fail(stack, 'Empty', { error: 'Orders.Empty', cause: 'no items' }));
new StateMachine(stack, 'Order', {
  stateMachineName: 'cdk-order',
  definitionBody: DefinitionBody.fromChainable(definition),
  timeout: Duration.minutes(5),
});
process.stdout.write(JSON.stringify(app.synth().getStackByName('Orders').template));
