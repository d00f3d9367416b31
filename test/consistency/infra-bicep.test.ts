import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { type BicepFile, readBicepFolder } from '../support/bicep.ts';

const files = await readBicepFolder('infra');
const resources = files.flatMap((file) => file.resources);
const main = files.find((file) => file.path === 'infra/main.bicep');

/** `file: name` of every declaration that lacks a decorator. */
function without(decorator: string, of: (file: BicepFile) => BicepFile['parameters']): string[] {
  return files.flatMap((file) =>
    of(file)
      .filter(({ decorators }) => !decorators.includes(decorator))
      .map(({ name }) => `${file.path}: ${name}`),
  );
}

describe('every Bicep file', () => {
  test('is found and parses', () => {
    expect(files.length).toBeGreaterThan(5);
    expect(files.flatMap((file) => file.syntaxErrors)).toEqual([]);
  });

  test('describes its parameters and outputs', () => {
    expect(without('description', (file) => file.parameters)).toEqual([]);
    expect(without('description', (file) => file.outputs)).toEqual([]);
  });

  test('uses one stable version of each resource type', () => {
    const versions = Map.groupBy(new Set(resources.map(({ type }) => type)), (type) => type.split('@')[0]);
    const mixed = [...versions.values()].filter((types) => types.length > 1 || types[0]?.includes('preview'));
    expect(mixed).toEqual([]);
  });
});

describe('main.bicep', () => {
  test('names its outputs in upper case, as azd writes them to its environment', () => {
    const names = main?.outputs.map(({ name }) => name) ?? [];
    expect(names).not.toEqual([]);
    expect(names.filter((name) => !/^[A-Z][A-Z0-9_]*$/.test(name))).toEqual([]);
  });

  test('gets every parameter without a default, and no other name, from main.parameters.json', async () => {
    const given = Object.keys(JSON.parse(await readFile('infra/main.parameters.json', 'utf8')).parameters);
    const declared = main?.parameters ?? [];
    const required = declared.filter(({ value }) => value === undefined).map(({ name }) => name);
    expect(given).toEqual(expect.arrayContaining(required));
    expect(declared.map(({ name }) => name)).toEqual(expect.arrayContaining(given));
  });
});

describe('secrets', () => {
  test('are secure parameters wherever they pass', () => {
    const leaks = files.flatMap((file) =>
      file.parameters
        .filter(({ name, decorators }) => /(key|secret|password)$/i.test(name) && !decorators.includes('secure'))
        .map(({ name }) => `${file.path}: ${name}`),
    );
    expect(leaks).toEqual([]);
  });

  test.each([
    ['Microsoft.Storage/storageAccounts', 'allowSharedKeyAccess', 'false'],
    ['Microsoft.ServiceBus/namespaces', 'disableLocalAuth', 'true'],
    ['Microsoft.EventHub/namespaces', 'disableLocalAuth', 'true'],
    ['Microsoft.EventGrid/topics', 'disableLocalAuth', 'true'],
    ['Microsoft.Insights/components', 'DisableLocalAuth', 'true'],
  ])('open no %s: %s is %s', (type, property, value) => {
    const created = resources.filter((resource) => resource.type.startsWith(`${type}@`) && !resource.existing);
    const settings = created.map(({ body }) => body.properties.get('properties')?.properties.get(property)?.text);
    expect(settings).toEqual([value]);
  });
});

describe('every role assignment', () => {
  const assignments = resources.filter(({ type }) => type.startsWith('Microsoft.Authorization/roleAssignments@'));

  test('exists', () => expect(assignments).not.toEqual([]));

  test.each(assignments)('$name is named by scope, principal and role', ({ body }) => {
    const scope = body.properties.get('scope')?.text;
    const properties = body.properties.get('properties')?.properties;
    const roleId = /,\s*([\w.]+)\)$/.exec(properties?.get('roleDefinitionId')?.text ?? '')?.[1];
    const principal = properties?.get('principalId')?.text;
    expect(body.properties.get('name')?.text).toBe(`guid(${scope}.id, ${principal}, ${roleId})`);
  });

  test('goes to the app, but for the containers where Event Grid leaves what it could not deliver', () => {
    const toOthers = assignments.filter(
      ({ body }) => body.properties.get('properties')?.properties.get('principalId')?.text !== 'principalId',
    );
    expect(toOthers.map(({ body }) => body.properties.get('scope')?.text)).toEqual([
      'deadLetterContainer[item.containerIndex]',
    ]);
  });
});
