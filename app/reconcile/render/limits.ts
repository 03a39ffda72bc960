/** A container that names no limit gets these by the namespace's LimitRange; one that asks for more than that gets what it asks for. */
export const defaultLimits = { memory: '512Mi', 'ephemeral-storage': '2Gi' } as const;
