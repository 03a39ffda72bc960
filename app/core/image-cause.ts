import type { Cause } from './cause.ts';
import { inPlace, quote, unwrapped } from './outside-text.ts';
import type { ContainerStatus } from './status.ts';

export type ImageCause = Pick<Cause, 'reason' | 'message' | 'advice'>;

/**
 * Returns why a container has no image, if that is so; `place` is where the branch names it. The reasons are the kubelet's:
 * kubernetes/kubernetes pkg/kubelet/images/types.go.
 */
export function imageCause({ image, waiting }: ContainerStatus, place: string): ImageCause | undefined {
  if (!waiting) return undefined;
  // The digest that a tag was pinned to is nothing that anybody wrote.
  const named = quote(image.replace(/(:[\w.-]+)@sha256:[0-9a-f]{64}$/, '$1'));
  switch (waiting.reason) {
    case 'InvalidImageName':
      return told(
        'ImageNameInvalid',
        `${named} is not a valid image name.`,
        `Correct ${inPlace('image', place)} and push.`,
      );
    case 'ErrImageNeverPull':
      return told(
        'ImageAbsent',
        `The image ${named} is not on the cluster's machines, and they may not fetch it.`,
        'The administrators of the platform have to put it there.',
      );
    case 'ErrImagePull':
    case 'ImagePullBackOff':
    case 'RegistryUnavailable':
      // Without the image's own name: a tag may be anything, even `not-found`.
      return ofPull(named, place, image === '' ? waiting.message : waiting.message.replaceAll(image, ''));
    default:
      return undefined;
  }
}

function ofPull(named: string, place: string, message: string): ImageCause {
  if (/unauthorized|denied|forbidden|no basic auth/i.test(message)) {
    return told(
      'ImageDenied',
      `The registry does not let the cluster fetch the image ${named}.`,
      'Some registries answer so while the image does not exist: see that its build has pushed it. Otherwise the cluster may not read there, which is for the administrators of the platform.',
    );
  }
  const detail = message.replace(/^Back-off pulling image "[^"]*"(: \w+)?:?\s*/, '');
  // An older kubelet says nothing more while it backs off; the next try brings the detail back.
  if (detail === '' || /not ?found|manifest unknown|does not exist/i.test(detail)) {
    return told(
      'ImageNotFound',
      `The registry does not have the image ${named}.`,
      `If its build is still running, there is nothing to do: the cluster looks again every few minutes. Otherwise see that the build pushes exactly this name and tag, and that ${inPlace('image', place)} says the same.`,
    );
  }
  return told(
    'ImagePullFailed',
    `The image ${named} cannot be fetched: ${quote(unwrapped(detail))}.`,
    `The cluster tries again every few minutes. If it stays so, see that ${inPlace('image', place)} names the right registry.`,
  );
}

function told(reason: Cause['reason'], message: string, advice: string): ImageCause {
  return { reason, message, advice };
}
