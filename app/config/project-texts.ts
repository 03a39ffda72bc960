import { templateNames, unknownIn } from '../core/substitute.ts';
import { nearest } from './nearest.ts';
import { shown } from './problem.ts';
import type { Wrong } from './shape.ts';

const maxImage = 512;

/** Words of host names: parts of a project. */
export const partPattern = /^[a-z][a-z0-9]{0,19}$/;
/** A folder of `.cloud/charts/`: no word of a command line, no hidden folder. */
export const folderPattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;
export const variablePattern = /^[A-Za-z_][A-Za-z0-9_]{0,255}$/;
export const servicePattern = /^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/;
export const hookPattern = /^[a-z0-9]([a-z0-9-]{0,18}[a-z0-9])?$/;
export const urlPathPattern = /^\/[!-~]{0,511}$/;

export const wrongPart: Wrong = {
  message: 'is not a name for hosts',
  mend: 'write a letter, then letters and digits, all lower-case, 20 at most: api',
};

export const wrongFolder: Wrong = {
  message: 'is not the name of a chart’s folder',
  mend: 'write letters, digits, ".", "_" and "-", a letter or digit first, 63 at most',
};

export const wrongVariable: Wrong = {
  message: 'is not a variable’s name',
  mend: 'write letters, digits and "_", no digit first: LOG_LEVEL',
};

export const wrongService: Wrong = {
  message: 'is not a Service’s name',
  mend: 'write a letter, then letters, digits and "-", all lower-case, 63 at most: foo-service',
};

export const wrongHook: Wrong = {
  message: 'is not a Job’s name',
  mend: 'write letters, digits and "-", all lower-case, 20 at most: migrate',
};

export const wrongUrlPath: Wrong = {
  message: 'is not an HTTP path',
  mend: 'begin with "/", without spaces or other letters than ASCII: /healthz',
};

/** Rule for an image; what it is filled in to is held against the shape of a reference by `wrongImage`. */
export function imageRule(value: string): Wrong | undefined {
  const mend = 'write [registry/]name:tag, for example "registry.bar.com/foo:${sha}"';
  if (value === '') return { message: 'is empty', mend };
  if (value.length > maxImage) return { message: `is longer than ${maxImage} characters`, mend };
  if (/[\p{C}\p{Z}]/u.test(value)) return { message: 'has spaces or characters that do not show', mend };
  if (/^[a-z]+:\/\//i.test(value)) return { message: 'begins like a link', mend: 'leave the scheme (https://) out' };
  return templateRule(value);
}

/** What it is filled in to is held against the shape of a tag once the project's tenants are known. */
export function tagRule(value: string): Wrong | undefined {
  return value === '' ? { message: 'is empty', mend: 'write a tag: "pr-${pr}"' } : templateRule(value);
}

/** For text that reaches a container: its environment, its files. */
export function contentRule(value: string): Wrong | undefined {
  return wordRule(value) ?? templateRule(value);
}

/** For words of a command line, which are no templates: shells use `${…}` themselves. */
export function wordRule(value: string): Wrong | undefined {
  return value.includes('\0') || !value.isWellFormed()
    ? { message: 'has a character that no container can be given', mend: 'remove it' }
    : undefined;
}

/** Rule for a template: nothing in it that cannot be filled in. */
export function templateRule(value: string): Wrong | undefined {
  const [unknown] = unknownIn(value);
  if (unknown === undefined) return undefined;
  const near = nearest(unknown.replaceAll(/[${}]/g, ''), templateNames);
  const names = `the names are ${templateNames.join(', ')}; write $\${ for a plain \${`;
  return {
    message: `cannot fill in ${shown(unknown)}`,
    mend: near === undefined ? names : `did you mean \${${near}}? (${names})`,
  };
}

/** IANA_SVC_NAME, RFC 6335 section 5.1, as Kubernetes checks it. */
export function portNameRule(value: string): Wrong | undefined {
  const fits = value.length <= 15 && /^[a-z0-9](-?[a-z0-9])*$/.test(value) && /[a-z]/.test(value);
  const mend = 'write letters, digits and single "-", all lower-case, one letter at least, 15 at most: http';
  return fits ? undefined : { message: 'is not a port’s name', mend };
}

/** For the path of a mounted file: Kubernetes takes no ":"; what the kernel and the kubelet own stays theirs. */
export function filePathRule(value: string): Wrong | undefined {
  const mend = 'write an absolute path, without "..", ":" or spaces: /etc/foo/config.yaml';
  const steps = value.split('/').slice(1);
  if (value.length > 255 || !/^(\/[!-.0-9;-~]+)+$/.test(value)) return { message: 'is not the path of a file', mend };
  if (steps.some((step) => step === '.' || step === '..')) return { message: 'is not a straight path', mend };
  if (/^\/(proc|sys|dev|(var\/)?run\/secrets)(\/|$)/.test(value))
    return { message: 'is where the system’s own files are', mend: 'choose another folder: /etc/foo/config.yaml' };
  return undefined;
}

/** For the name of a check as GitHub lists it: a status's context, a check run's name. */
export function checkRule(value: string): Wrong | undefined {
  const mend = 'write it as the pull request shows it: continuous-integration/jenkins/pr-head';
  if (value.trim() === '' || value.length > 200) return { message: 'is not the name of a check', mend };
  if (value !== value.trim()) return { message: 'begins or ends with a space', mend };
  return /[\p{Cc}\p{Zl}\p{Zp}]/u.test(value) || !value.isWellFormed()
    ? { message: 'has characters that do not show', mend }
    : undefined;
}
