// Reads the fields of a JSON object. An unknown field, a missing one or one of the wrong type is an error that names its place.

type JsonObject = Readonly<Record<string, unknown>>;

export class Fields {
  readonly #source: string;
  readonly #path: string;
  readonly #fields: JsonObject;

  /** `known` lists every field that may occur. An undefined object has none. `path` is where it stands in the source. */
  constructor(json: unknown, source: string, known: readonly string[], path = '') {
    this.#source = source;
    this.#path = path;
    if (json !== undefined && (typeof json !== 'object' || json === null || Array.isArray(json)))
      throw new Error(`${this.place} must be an object.`);
    this.#fields = (json ?? {}) as JsonObject;
    for (const name of Object.keys(this.#fields)) {
      if (!known.includes(name)) throw new Error(`${this.at(name)} is not known. Known are: ${known.join(', ')}.`);
    }
  }

  get place(): string {
    return this.#path === '' ? this.#source : `${this.#source}: ${this.#path}`;
  }

  at(name: string): string {
    return `${this.#source}: ${this.#pathOf(name)}`;
  }

  has(name: string): boolean {
    return this.#fields[name] !== undefined;
  }

  child(name: string, known: readonly string[]): Fields {
    return new Fields(this.#fields[name], this.#source, known, this.#pathOf(name));
  }

  children(name: string, known: readonly string[]): Fields[] {
    const list = this.#fields[name] ?? [];
    if (!Array.isArray(list)) throw this.wrong(name, 'a list');
    return list.map((json, index) => new Fields(json, this.#source, known, `${this.#pathOf(name)}[${index}]`));
  }

  /** The entity's `name`. */
  name(): string {
    const name = this.text('name');
    if (name === undefined || name === '') throw this.wrong('name', 'a name');
    return name;
  }

  text(name: string): string | undefined {
    const value = this.#fields[name];
    if (value !== undefined && typeof value !== 'string') throw this.wrong(name, 'a string');
    return value;
  }

  flag(name: string, byDefault: boolean): boolean {
    const value = this.#fields[name] ?? byDefault;
    if (typeof value !== 'boolean') throw this.wrong(name, 'true or false');
    return value;
  }

  requiredFlag(name: string): boolean {
    if (!this.has(name)) throw this.wrong(name, 'true or false');
    return this.flag(name, false);
  }

  number(name: string): number {
    const value = this.#fields[name];
    if (typeof value !== 'number') throw this.wrong(name, 'a number');
    return value;
  }

  integer(name: string, { min, max, byDefault }: { min: number; max: number; byDefault: number }): number {
    const value = this.#fields[name] ?? byDefault;
    if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max)
      throw this.wrong(name, `a number from ${min} to ${max}`);
    return value;
  }

  /** At least one. `wanted` says in errors what they are. */
  list<T>(name: string, isWanted: (value: unknown) => value is T, wanted: string): T[] {
    const values = this.#fields[name];
    if (!Array.isArray(values) || values.length === 0 || !values.every(isWanted))
      throw this.wrong(name, `a list of ${wanted}`);
    return values;
  }

  texts(name: string): string[] {
    return this.list(name, (value) => typeof value === 'string', 'strings');
  }

  map(name: string): JsonObject {
    const value = this.#fields[name] ?? {};
    if (typeof value !== 'object' || Array.isArray(value)) throw this.wrong(name, 'an object');
    return value as JsonObject;
  }

  wrong(name: string, wanted: string): Error {
    return new Error(`${this.at(name)} must be ${wanted}, not ${JSON.stringify(this.#fields[name])}.`);
  }

  #pathOf(name: string): string {
    return this.#path === '' ? name : `${this.#path}.${name}`;
  }
}
