import { celEnv, celFunc, CelScalar, isCelError, parse, plan } from '@bufbuild/cel';
import { cleanText } from '@heliograph/kernel';
import type { Variables } from './variables';

/** A parsed expression. */
export interface Expression {
  /** @throws ExpressionError when the values do not fit it, e.g. a member is missing */
  evaluate(variables: Variables): unknown;
}

/** An expression that cannot be parsed or evaluated. The message is for people. */
export class ExpressionError extends Error {}

/** Maximum number of characters of an expression. */
export const maxExpressionChars = 1_000;
/** Maximum nesting of loops (`all`, `exists`, `map`, `filter`): a loop in a loop takes the square of a list's length. */
const maxLoopDepth = 1;

/** Maximum number of characters of an intermediate text. */
const maxTextChars = 100_000;

const env = celEnv({
  funcs: [
    // Replaces the library's function: a text that is doubled repeatedly would grow without limit.
    celFunc('_+_', [CelScalar.STRING, CelScalar.STRING], CelScalar.STRING, (a, b) => {
      if (a.length + b.length > maxTextChars) throw new ExpressionError(`A text has at most ${maxTextChars} characters.`);
      return a + b;
    }),
  ],
});

/**
 * Parses a CEL expression (https://cel.dev): no side effects, no endless loops, regular expressions in linear time.
 * @throws ExpressionError
 */
export function readExpression(text: string): Expression {
  const evaluate = planned(text);
  return {
    evaluate: (variables) => {
      const result = orExpressionError(() => evaluate(variables as never));
      if (isCelError(result)) throw new ExpressionError(result.message);
      return result;
    },
  };
}

/** True when the condition holds. @throws ExpressionError when it cannot be evaluated, or is neither true nor false */
export function holds(condition: Expression, variables: Variables): boolean {
  const result = condition.evaluate(variables);
  if (typeof result !== 'boolean') throw new ExpressionError('The condition is neither true nor false.');
  return result;
}

/**
 * Evaluates an expression to a text of at most so many characters, a number, true, false or null.
 * @throws ExpressionError when the value is anything else, or cannot be evaluated
 */
export function plainValue(expression: Expression, variables: Variables, maxChars: number): string | number | boolean | null {
  const result = expression.evaluate(variables);
  if (typeof result === 'bigint') return Number(result);
  // A literal may contain characters that cannot be stored.
  if (typeof result === 'string') {
    if (result.length <= maxChars) return cleanText(result);
    throw new ExpressionError(`The value has more than ${maxChars} characters.`);
  }
  if (result === null || typeof result === 'boolean') return result;
  if (typeof result === 'number' && Number.isFinite(result)) return result;
  throw new ExpressionError('The value is neither a text, a number, true, false nor null.');
}

function planned(text: string): ReturnType<typeof plan> {
  if (text.length > maxExpressionChars) throw new ExpressionError(`An expression has at most ${maxExpressionChars} characters.`);
  return orExpressionError(() => {
    const parsed = parse(text);
    if (loopDepth(parsed.expr) > maxLoopDepth) throw new ExpressionError('A loop within a loop is not available.');
    return plan(env, parsed);
  });
}

function orExpressionError<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof ExpressionError ? error : new ExpressionError((error as Error).message);
  }
}

/** Returns the nesting depth of loops, for any form of the expression tree. */
function loopDepth(node: unknown): number {
  if (node === null || typeof node !== 'object') return 0;
  const inside = Math.max(0, ...Object.values(node).map(loopDepth));
  return inside + ('case' in node && node.case === 'comprehensionExpr' ? 1 : 0);
}
