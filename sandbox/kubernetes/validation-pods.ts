import type { ContainerSpec, PodSpec } from './objects.ts';
import { billionths } from './quantities.ts';
import type { Cause } from './refusals.ts';
import { dnsLabel, duplicate, invalidValue, portName, portNumber, required } from './validation-names.ts';

function envCauses(container: ContainerSpec, field: string): Cause[] {
  const why = "a valid environment variable name must consist only of printable ASCII characters other than '='";
  return (container.env ?? []).flatMap(({ name }, index) =>
    /^[ -<>-~]+$/.test(name) ? [] : [invalidValue(`${field}.env[${index}].name`, name, why)],
  );
}

function resourceCauses({ resources }: ContainerSpec, field: string): Cause[] {
  return Object.entries(resources?.requests ?? {}).flatMap(([name, request]) => {
    const limit = resources?.limits?.[name];
    const over = limit !== undefined && (billionths(request) ?? 0n) > (billionths(limit) ?? 0n);
    return over
      ? [
          invalidValue(
            `${field}.resources.requests`,
            request,
            `must be less than or equal to ${name} limit of ${limit}`,
          ),
        ]
      : [];
  });
}

function containerCauses(container: Partial<ContainerSpec>, field: string): Cause[] {
  const { name, image, ports = [] } = container;
  return [
    ...(name === undefined || name === '' ? [required(`${field}.name`)] : dnsLabel(`${field}.name`, name)),
    ...(image === undefined || image === '' ? [required(`${field}.image`)] : []),
    ...ports.flatMap((port, index) => [
      ...(port.name === undefined ? [] : portName(`${field}.ports[${index}].name`, port.name)),
      ...portNumber(`${field}.ports[${index}].containerPort`, port.containerPort),
    ]),
    ...envCauses(container as ContainerSpec, field),
    ...resourceCauses(container as ContainerSpec, field),
  ];
}

/** Returns everything that is wrong with a pod's spec. */
export function podSpecCauses(spec: PodSpec, field: string): Cause[] {
  const containers = (spec as Partial<PodSpec>).containers ?? [];
  if (containers.length === 0) return [required(`${field}.containers`)];
  const names = containers.map((container) => container.name);
  return containers.flatMap((container, index) => [
    ...containerCauses(container, `${field}.containers[${index}]`),
    ...(names.indexOf(container.name) < index ? [duplicate(`${field}.containers[${index}].name`, container.name)] : []),
  ]);
}

/** Returns the first amount under limits or requests that is no quantity, or undefined. */
export function badQuantity(spec: PodSpec | undefined): string | undefined {
  const amounts = (spec?.containers ?? []).flatMap(({ resources }) => [
    ...Object.values(resources?.limits ?? {}),
    ...Object.values(resources?.requests ?? {}),
  ]);
  return amounts.map(String).find((amount) => billionths(amount) === undefined);
}
