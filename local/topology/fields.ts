// Reads the fields of a JSON object. An unknown field, a missing one or one of the wrong type is an error that names its place.
// A field that is null counts as missing.

type JsonObject = Readonly<Record<string, unknown>>;

/** How a file writes the names of fields. */
export type Spelling = (name: string) => string;
const asItStands: Spelling = (name) => name;

export class Fields {
  readonly #source: string;
  readonly #path: string;
  readonly #spelling: Spelling;
  readonly #fields: JsonObject;

  /** `known` lists every field that may occur. An undefined object has none. `path` is where it stands in the source. */
  constructor(json: unknown, source: string, known: readonly string[], path = '', spelling = asItStands) {
    this.#source = source;
    this.#path = path;
    this.#spelling = spelling;
    if (json !== undefined && (typeof json !== 'object' || json === null || Array.isArray(json)))
      throw new Error(`${this.place} must be an object.`);
    this.#fields = Object.fromEntries(Object.entries(json ?? {}).filter(([, value]) => value !== null));
    const names = known.map(spelling);
    for (const name of Object.keys(this.#fields)) {
      if (names.includes(name)) continue;
      const place = path === '' ? name : `${path}.${name}`;
      throw new Error(`${source}: ${place} is not known. Known are: ${names.join(', ')}.`);
    }
  }

  get place(): string {
    return this.#path === '' ? this.#source : `${this.#source}: ${this.#path}`;
  }

  at(name: string): string {
    return `${this.#source}: ${this.#pathOf(name)}`;
  }

  /** As it stands. */
  value(name: string): unknown {
    return this.#fields[this.#spelling(name)];
  }

  has(name: string): boolean {
    return this.value(name) !== undefined;
  }

  child(name: string, known: readonly string[]): Fields {
    return new Fields(this.value(name), this.#source, known, this.#pathOf(name), this.#spelling);
  }

  children(name: string, known: readonly string[]): Fields[] {
    const list = this.value(name) ?? [];
    if (!Array.isArray(list)) throw this.wrong(name, 'a list');
    return list.map(
      (json, index) => new Fields(json, this.#source, known, `${this.#pathOf(name)}[${index}]`, this.#spelling),
    );
  }

  /** The entity's `name`. */
  name(): string {
    const name = this.text('name');
    if (name === undefined || name === '') throw this.wrong('name', 'a name');
    return name;
  }

  text(name: string): string | undefined {
    const value = this.value(name);
    if (value !== undefined && typeof value !== 'string') throw this.wrong(name, 'a string');
    return value;
  }

  flag(name: string, byDefault: boolean): boolean {
    const value = this.value(name) ?? byDefault;
    if (typeof value !== 'boolean') throw this.wrong(name, 'true or false');
    return value;
  }

  requiredFlag(name: string): boolean {
    if (!this.has(name)) throw this.wrong(name, 'true or false');
    return this.flag(name, false);
  }

  number(name: string): number {
    const value = this.value(name);
    if (typeof value !== 'number') throw this.wrong(name, 'a number');
    return value;
  }

  integer(name: string, { min, max, byDefault }: { min: number; max: number; byDefault: number }): number {
    const value = this.value(name) ?? byDefault;
    if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max)
      throw this.wrong(name, `a number from ${min} to ${max}`);
    return value;
  }

  /** At least one. `wanted` says in errors what they are. */
  list<T>(name: string, isWanted: (value: unknown) => value is T, wanted: string): T[] {
    const values = this.value(name);
    if (!Array.isArray(values) || values.length === 0 || !values.every(isWanted))
      throw this.wrong(name, `a list of ${wanted}`);
    return values;
  }

  texts(name: string): string[] {
    return this.list(name, (value) => typeof value === 'string', 'strings');
  }

  map(name: string): JsonObject {
    const value = this.value(name) ?? {};
    if (typeof value !== 'object' || Array.isArray(value)) throw this.wrong(name, 'an object');
    return value as JsonObject;
  }

  wrong(name: string, wanted: string): Error {
    return new Error(`${this.at(name)} must be ${wanted}, not ${JSON.stringify(this.value(name))}.`);
  }

  #pathOf(name: string): string {
    const written = this.#spelling(name);
    return this.#path === '' ? written : `${this.#path}.${written}`;
  }
}
