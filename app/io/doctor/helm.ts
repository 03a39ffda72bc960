import { execFile } from 'node:child_process';
import { ok, problem, warning, type Verdict } from '../../core/diagnosis.ts';
import { messageOf } from '../../core/errors.ts';
import { shown } from '../../core/outside-text.ts';
import type { Check } from './checks.ts';

/** Looks whether there is a helm 4. Without one, projects with charts are told so and all else works. */
export function helmCheck(file: string | undefined): Check {
  return {
    name: 'helm',
    needs: [],
    otherwise: 'set AVANT_HELM to the path of a helm 4, or run install/helm.sh',
    run: (signal) =>
      file === undefined
        ? Promise.resolve(warning('none is found', 'projects with charts need one: set AVANT_HELM, or run install/helm.sh'))
        : versionOf(file, signal),
  };
}

function versionOf(file: string, signal: AbortSignal): Promise<Verdict> {
  return new Promise((resolve) => {
    execFile(file, ['version', '--short'], { env: {}, signal, maxBuffer: 64 * 1024 }, (error, stdout) => {
      const version = shown(stdout.trim());
      if (error) resolve(problem(`${file} does not run (${messageOf(error)})`, 'set AVANT_HELM to the path of a helm 4'));
      else if (!version.startsWith('v4.'))
        resolve(problem(`${file} is ${version}`, 'set AVANT_HELM to the path of a helm 4'));
      else resolve(ok(`${version}, ${file}`));
    });
  });
}
