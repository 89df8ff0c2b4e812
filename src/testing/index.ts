export { type CheckRuleOptions, checkRule, type Reference, type RuleCheck } from "./checkRule.js";
