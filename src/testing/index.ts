export { type CheckRuleOptions, checkRule, type RuleCheck } from "./checkRule.js";
export type { Reference } from "./checks.js";
