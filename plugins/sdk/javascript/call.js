export { heartbeat, info } from "stepwell:task/call@0.1.0";
