import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };

const azureYaml = await readFile('azure.yaml', 'utf8');
const mainBicep = await readFile('infra/main.bicep', 'utf8');

test('azd finds the function app by the tag with its service name', () => {
  const service = /^services:\n {2}(\w+):$/m.exec(azureYaml)?.[1];
  expect(service).toBeTruthy();
  expect(mainBicep).toContain(`{ 'azd-service-name': '${service}' }`);
});

test('a deployment ships the bundle that package.json names, host.json and the locked production dependencies', () => {
  const copies = [...azureYaml.matchAll(/^ +(?:cp -R|Copy-Item -Recurse) (.+) \.deploy$/gm)];
  const shipped = copies.map((copy) => copy[1]?.split(/,? /));
  const bundle = packageJson.main.split('/', 1)[0];
  const whole = [bundle, 'host.json', 'package.json', 'package-lock.json'];
  expect(shipped).toEqual([whole, whole]);
  expect(azureYaml.match(/npm ci --prefix \.deploy --omit=dev --workspaces=false/g)).toHaveLength(2);
  expect(azureYaml).toContain('dist: .deploy\n    remoteBuild: false\n');
});
