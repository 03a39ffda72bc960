/**
 * What a host answered through the door. `app`: the preview itself; `door`: what HAProxy says where there is no preview, or keeps
 * people out; `other`: the response is marked as another preview's.
 */
export type DoorAnswer =
  | { readonly kind: 'app'; readonly status: number }
  | { readonly kind: 'door'; readonly status: number }
  | { readonly kind: 'other'; readonly status: number; /** Namespace of the other; '' where the mark is none. */ readonly marker: string }
  /** Unanswered: the door cannot be reached, or took too long. */
  | { readonly kind: 'none'; /** In our own words, such as `connections are refused`. */ readonly why: string };
