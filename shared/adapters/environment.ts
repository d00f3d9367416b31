import { once } from '../kernel/once.ts';
import { readSettings, type Settings } from '../kernel/settings.ts';

/** @throws Error that names every missing setting */
export const settings = once(() => readSettings(process.env));

/** @throws Error that names the setting */
export function need(name: keyof Settings): string {
  const value = settings()[name];
  if (typeof value === 'string') return value;
  throw new Error(`The setting ${name} is missing: set it, or the connection string it stands for`);
}
