import type {
  AudienceResponse, CatalogueItem, EventFields, EventsResponse, ItemEntry, ItemFields, ItemModel, ItemPatch,
  ItemsResponse, MergeResponse, MomentResponse, OfferModel, PageListRequest, PageListResponse, ProfilingAnswer,
  RankResponse, Receipt, RecommendResponse, TakenResponse, UserResponse,
} from "./schemas.js";

export * from "./schemas.js";

export interface Options {
  /** With the scopes that the calls need. */
  key?: string;
  /** For what a page waits for, all steps together; 200. */
  timeoutMs?: number;
  /** For each try of everything else; 30,000. */
  otherTimeoutMs?: number;
  /** So many events wait for the service at most; 10,000. */
  maxWaitingEvents?: number;
  /** Is told of events that the service did not take, and why. */
  onRejected?: (event: EventFields, why: string) => void;
  /** Takes what went wrong, without keys and without shoppers; by default console.warn. */
  log?: (message: string) => void;
}

/** There is no answer. */
export class RecsvcError extends Error {}

/** No answer that can be used: refused, too late, cut off, no JSON, 429, 5xx, or not asked because several before had none. */
export class ServiceAway extends RecsvcError {
  status?: number;
  retryAfterMs?: number;
}

/** The service answered that the request is wrong; the message may be logged, detail and errors quote what was sent. */
export class RequestRefused extends RecsvcError {
  status: number;
  kind: string;
  detail: string;
  errors: Array<{ field: string; message: string }>;
}

/** An item of the shop's own, with what the shop said of it. */
export interface FallbackItem {
  item_id: string;
  rank: number;
  [field: string]: any;
}

/** Items to show instead: their ids, or objects with an item_id and what the page shows of it. */
export type Fallback = ReadonlyArray<string | { item_id: string; [field: string]: any }>;

export interface ListQuery {
  user_id?: string;
  session_id?: string;
  placement?: string;
  n?: number;
  /** The product page or the cart; needed for similar and bought_together. */
  item_ids?: readonly string[];
  exclude?: readonly string[];
  category?: string;
  fields?: readonly string[];
  consent?: boolean;
}

export interface PageQuery {
  user_id?: string;
  session_id?: string;
  lists: readonly PageListRequest[];
  exclude?: readonly string[];
  fields?: readonly string[];
  consent?: boolean;
}

export interface RankQuery {
  user_id?: string;
  session_id?: string;
  item_ids: readonly string[];
  own_weight?: number;
  consent?: boolean;
}

export interface Waiting {
  timeoutMs?: number;
  /** Of the request of a shopper who may leave: what is asked for them then ends. */
  signal?: AbortSignal;
}

/** A list to show: that of the service, or the shop's own where there is none in time. */
export interface Shown {
  items: Array<ItemModel | FallbackItem>;
  /** Goes back with the events of the list; null for the shop's own. */
  recommendation_id: string | null;
  /** All that the service said; null for the shop's own. */
  answer: RecommendResponse | PageListResponse | null;
  /** Why the list is the shop's own. */
  trouble: RecsvcError | null;
}

export interface Ranked {
  item_ids: string[];
  recommendation_id: string | null;
  answer: RankResponse | null;
  trouble: RecsvcError | null;
}

/**
 * Asks a service of recsvc, and tells it what shoppers do; one for a process. With something to show instead, what a page
 * waits for never rejects with RecsvcError; tell never throws. All other calls reject where there is no answer.
 */
export interface Recsvc {
  /** A list for a shopper at a placement, or the fallback; without one it rejects. */
  recommend(query: ListQuery, options?: Waiting & { fallback?: Fallback }): Promise<Shown>;
  /** The lists of a page by their names, no item twice, or those of the fallback; without it, it rejects. */
  page(query: PageQuery, options?: Waiting & { fallback?: Record<string, Fallback> }): Promise<Record<string, Shown>>;
  /** The shop's own list in the order that suits a shopper, or as it is. */
  rank(query: RankQuery, options?: Waiting): Promise<Ranked>;
  /** What to offer to a shopper now; null for nothing, also where the service is away. */
  offer(user_id: string, options?: Waiting): Promise<OfferModel | null>;

  /** Takes an event for the service and returns its event_id; it is sent within a second, and until the service has it. */
  tell(event: EventFields): string;
  /** Whether the service has all events; for programs that end without notice. */
  flush(timeoutMs?: number): Promise<boolean>;
  /** Sends what waits, and takes no more. */
  close(timeoutMs?: number): Promise<boolean>;
  /** Events that the service does not have yet. */
  readonly waitingEvents: number;
  /** Events that will not be sent. */
  readonly lostEvents: number;

  /** Sends events and waits until they are stored, for jobs. */
  postEvents(events: readonly EventFields[]): Promise<EventsResponse>;
  exportUser(user_id: string): Promise<UserResponse | null>;
  eraseUser(user_id: string): Promise<Receipt>;
  mergeUser(user_id: string, from: { from_session_id?: string; from_user_id?: string }): Promise<MergeResponse>;
  allowProfiling(user_id: string, allowed: boolean): Promise<ProfilingAnswer>;
  moment(user_id: string, at?: string): Promise<MomentResponse | null>;
  takeOffer(offer_id: string, cost?: number): Promise<TakenResponse>;
  putItem(item_id: string, fields: ItemFields): Promise<CatalogueItem>;
  patchItem(item_id: string, fields: ItemPatch): Promise<CatalogueItem>;
  withdrawItem(item_id: string): Promise<void>;
  putItems(items: readonly ItemEntry[]): Promise<ItemsResponse>;
  audience(query: { item_ids?: readonly string[]; category?: string; n?: number; precision?: number }): Promise<AudienceResponse>;
}

export const Recsvc: { new (baseUrl: string, options?: Options): Recsvc };
