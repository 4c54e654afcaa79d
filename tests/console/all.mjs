// All tests, in one process: they share a browser, and hosts.

import './harness.test.mjs'
import './frame.test.mjs'
import './order.test.mjs'
import './executions.test.mjs'
import './watch.test.mjs'
import './execution.test.mjs'
import './definition.test.mjs'
import './health.test.mjs'
import './plugins.test.mjs'
import './pages.test.mjs'
import './signin.test.mjs'
import './size.test.mjs'
