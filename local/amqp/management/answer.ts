// Answers of $management nodes: how it went, in application properties.
import rhea from 'rhea';

export function status(code: number): Record<string, unknown> {
  return { statusCode: rhea.types.wrap_int(code) };
}

export function failure(code: number, condition: string, description: string) {
  return {
    applicationProperties: {
      ...status(code),
      statusDescription: description,
      errorCondition: rhea.types.wrap_symbol(condition),
    },
  };
}
