/**
 * Where clouds tell machines their secrets; nothing of a branch may reach these. Link-local addresses by RFC 3927 and RFC 4291 (169.254.169.254
 * is most clouds' metadata service, and Amazon's containers have theirs there too), Amazon's over IPv6, Alibaba's, and Azure's WireServer.
 */
export const metadataRanges: readonly string[] = ['169.254.0.0/16', 'fe80::/10', 'fd00:ec2::/32', '100.100.100.200/32', '168.63.129.16/32'];
