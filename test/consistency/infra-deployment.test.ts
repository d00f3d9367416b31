import { readdir, readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { readBicepFolder } from '../support/bicep.ts';

const lines = async (path: string): Promise<string[]> => (await readFile(path, 'utf8')).split('\n');
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
  const forAzure = /npm ci --prefix \.deploy --omit=dev --workspaces=false --os=linux --cpu=x64 --libc=glibc$/gm;
  expect(azureYaml.match(forAzure)).toHaveLength(2);
  expect(azureYaml).toContain('dist: .deploy\n    remoteBuild: false\n');
});

test('publishing with func ships no folder of the repository, only what is built and installed', async () => {
  const [notOurs, left] = await Promise.all([lines('.gitignore'), lines('.funcignore')]);
  const folders = (await readdir('.', { withFileTypes: true })).filter((entry) => entry.isDirectory());
  const ours = folders.map(({ name }) => name).filter((name) => !notOurs.includes(`${name}/`));
  expect(left).toEqual(expect.arrayContaining(ours.map((name) => `/${name}`)));
  expect(left).not.toContain('/dist');
  expect(left).not.toContain('/node_modules');
});

test('each deployment is followed by the second phase, told what the first one put out', async () => {
  const files = await readBicepFolder('infra');
  const outputs = files.find((file) => file.path === 'infra/main.bicep')?.outputs.map(({ name }) => name) ?? [];
  const wanted = files.find((file) => file.path === 'infra/event-subscriptions.bicep')?.parameters ?? [];
  const hooks = azureYaml.slice(azureYaml.indexOf('postdeploy:')).split('windows:');
  expect(hooks).toHaveLength(2);
  for (const hook of hooks) {
    expect(hook).toContain('--template-file infra/event-subscriptions.bicep');
    const given = [...hook.matchAll(/(\w+)="?\$(?:env:)?(\w+)/g)];
    expect(given.map(([, name = '']) => name).toSorted()).toEqual(wanted.map(({ name }) => name).toSorted());
    const group = /--resource-group "?\$(?:env:)?(\w+)/.exec(hook)?.[1];
    expect(outputs).toEqual(expect.arrayContaining([group, ...given.map(([, , variable]) => variable)]));
  }
});
