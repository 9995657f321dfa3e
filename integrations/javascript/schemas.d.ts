// Written by integrations/client_schemas.py from /openapi.json of the service: run it again, change nothing here.

/** For which items: some, or all of a category. */
export interface AudienceRequest {
  category?: string | null;
  item_ids?: Array<string> | null;
  n?: number;
  owners?: OwnersAre;
  precision?: number | null;
}

/** Who is most likely to buy. */
export interface AudienceResponse {
  considered: number;
  expected_buyers: number;
  horizon_days: number;
  item_ids: Array<string>;
  model_version: string;
  owners_left_out: Array<string>;
  shoppers: Array<AudienceShopper>;
  size_for_precision: SizeForPrecision | null;
}

/** One shopper of an audience. */
export interface AudienceShopper {
  probability: number;
  user_id: string;
}

/** An item of the catalogue. */
export interface CatalogueItem {
  attributes: Record<string, any>;
  available_from: string | null;
  available_until: string | null;
  categories: Array<string>;
  group_id: string | null;
  image_url: string | null;
  in_stock: boolean;
  item_id: string;
  price: number | null;
  title: string | null;
  updated_at: string;
  url: string | null;
}

/** An item that the shopper may soon buy again. */
export interface Due {
  chance_7_days: number;
  item_id: string;
  last_ordered_at: string;
  orders: number;
}

/** Up to 1,000 events. */
export interface EventBatch {
  events: Array<EventFields>;
}

/** What a shopper did with an item; `user_id` or `session_id` is required. */
export interface EventFields {
  item_id: string;
  type: EventType;
  channel?: string | null;
  consent?: boolean;
  event_id?: string | null;
  occurred_at?: string | null;
  order_id?: string | null;
  position?: number | null;
  quantity?: number;
  recommendation_id?: string | null;
  seen?: boolean;
  session_id?: string | null;
  unit_price?: number | null;
  user_id?: string | null;
}

/** What a shopper can do with an item. */
export type EventType = "purchase" | "return" | "add_to_cart" | "view" | "wishlist" | "like" | "dislike" | "impression" | "click";

/** What became of the events. */
export interface EventsResponse {
  accepted: number;
  duplicates: number;
  ignored: number;
  rejected?: Array<Rejected>;
}

/** An item among several. */
export interface ItemEntry {
  item_id: string;
  attributes?: Record<string, string | boolean | number | Array<string | boolean | number>>;
  available_from?: string | null;
  available_until?: string | null;
  categories?: Array<string>;
  group_id?: string | null;
  image_url?: string | null;
  in_stock?: boolean;
  price?: number | null;
  title?: string | null;
  url?: string | null;
}

/** What the shop knows of an item; all of it may be left out. */
export interface ItemFields {
  attributes?: Record<string, string | boolean | number | Array<string | boolean | number>>;
  available_from?: string | null;
  available_until?: string | null;
  categories?: Array<string>;
  group_id?: string | null;
  image_url?: string | null;
  in_stock?: boolean;
  price?: number | null;
  title?: string | null;
  url?: string | null;
}

/** One item of a list. */
export interface ItemModel {
  item_id: string;
  rank: number;
  reason: ReasonModel;
  score: number;
  source: Source;
  attributes?: Record<string, any> | null;
  available_from?: string | null;
  available_until?: string | null;
  categories?: Array<string> | null;
  group_id?: string | null;
  image_url?: string | null;
  in_stock?: boolean | null;
  price?: number | null;
  title?: string | null;
  url?: string | null;
}

/** What changes; a field that is left out stays. Attributes change one by one, and null removes one. */
export interface ItemPatch {
  attributes?: Record<string, string | boolean | number | Array<string | boolean | number> | null>;
  available_from?: string | null;
  available_until?: string | null;
  categories?: Array<string>;
  group_id?: string | null;
  image_url?: string | null;
  in_stock?: boolean;
  price?: number | null;
  title?: string | null;
  url?: string | null;
}

/** What became of the items. */
export interface ItemsResponse {
  accepted: number;
  rejected?: Array<Rejected>;
}

/** A list that was exported for a mail to the shopper. */
export interface Mail {
  exported_at: string;
  item_ids: Array<string>;
  opened: Record<string, string>;
  recommendation_id: string;
  shown: number;
}

/** A session or a second account that is to be joined to the shopper. */
export interface MergeFields {
  from_session_id?: string | null;
  from_user_id?: string | null;
}

/** What was joined. */
export interface MergeResponse {
  events: number;
  user_id: string;
}

/** A session or account that was joined to the shopper. */
export interface MergedId {
  elsewhere: Record<string, any>;
  merged_at: string;
  session_id?: string | null;
  user_id?: string | null;
}

/** When a shopper orders next. */
export interface MomentResponse {
  at: string;
  chances: Record<string, number> | null;
  due: Array<Due>;
  is_learned: boolean;
  last_order_at: string;
  model_version: string;
  next_order: NextOrder | null;
  next_state: State | null;
  next_state_at: string | null;
  not_learned: string | null;
  orders: number;
  state: State | null;
  state_since: string | null;
  user_id: string;
  usual_gap_days: number | null;
}

/** By when the next order comes; a bound is null where it is not to be expected within two years. */
export interface NextOrder {
  p10: string | null;
  p50: string | null;
  p90: string | null;
}

/** What is offered. */
export interface OfferModel {
  benefit: string;
  code: string | null;
  offer_id: string;
  title: string;
  url: string | null;
  valid_until: string;
}

/** What to offer to a shopper now. */
export interface OfferResponse {
  decided_at: string | null;
  offer: OfferModel | null;
  user_id: string | null;
  why: string;
}

/** Whether an audience holds those who have an item already. */
export type OwnersAre = "auto" | "left_out" | "welcome";

/** One list of the page. */
export interface PageListRequest {
  name: string;
  category?: string | null;
  item_ids?: Array<string>;
  n?: number;
  placement?: string;
}

/** A list, as `/v1/recommend` answers it, and what the page calls it. */
export interface PageListResponse {
  items: Array<ItemModel>;
  model_version: string;
  name: string;
  placement: string;
  recommendation_id: string;
  strategy: Strategy;
  user_id: string | null;
}

/** Which lists, for whom. */
export interface PageRequest {
  placements: Array<PageListRequest>;
  consent?: boolean;
  exclude?: Array<string>;
  fields?: string | null;
  session_id?: string | null;
  user_id?: string | null;
}

/** The lists in the order asked for; no item, and no product in two variants, is in two of them. */
export interface PageResponse {
  lists: Array<PageListResponse>;
  user_id: string | null;
}

/** One event, or several. */
export type PostedEvents = EventFields | EventBatch;

/** What a shopper said of being profiled, and when. */
export interface ProfilingAnswer {
  allowed: boolean;
  said_at: string;
}

/** Whether a shopper may be profiled. */
export interface ProfilingFields {
  allowed: boolean;
}

/** Which items, for whom. */
export interface RankRequest {
  item_ids: Array<string>;
  consent?: boolean;
  own_weight?: number;
  session_id?: string | null;
  user_id?: string | null;
}

/** All items that were sent, in the order that suits the shopper. */
export interface RankResponse {
  item_ids: Array<string>;
  model_version: string;
  recommendation_id: string;
  strategy: "personalized" | "folded_in" | "as_given";
  user_id: string | null;
}

/** Why an item is in the list. */
export interface ReasonModel {
  type: ReasonType;
  every_days?: number | null;
  item_ids?: Array<string>;
  last_days_ago?: number | null;
}

/** Why an item is in a list. */
export type ReasonType = "because_you_bought" | "your_taste" | "you_buy_this_regularly" | "you_bought_this" | "similar_to_item" | "also_bought" | "bought_with_your_cart" | "trending" | "popular" | "pinned" | "new";

/** Confirms that a shopper was erased; it holds no id of the shopper. */
export interface Receipt {
  erased_at: string;
  events: number;
  merged: number;
  receipt_id: string;
}

/** Which list, for whom, of how many items. */
export interface RecommendRequest {
  category?: string | null;
  consent?: boolean;
  exclude?: Array<string>;
  fields?: string | null;
  item_id?: Array<string>;
  n?: number;
  placement?: string;
  session_id?: string | null;
  user_id?: string | null;
}

/** A list, best first. */
export interface RecommendResponse {
  items: Array<ItemModel>;
  model_version: string;
  placement: string;
  recommendation_id: string;
  strategy: Strategy;
  user_id: string | null;
}

/** One of a batch that was not stored. */
export interface Rejected {
  detail: string;
  index: number;
}

/** How large an audience may be. */
export interface SizeForPrecision {
  expected_buyers: number;
  precision: number;
  size: number;
}

/** What proposed an item. */
export type Source = "als" | "co_purchase" | "similar" | "repurchase" | "category" | "trending" | "popular" | "rule";

/** Where a shopper stands; while no order comes, a state is only followed by one below it. */
export type State = "new" | "active" | "due" | "late" | "away" | "gone";

/** An event as it is stored. */
export interface StoredEvent {
  channel: string | null;
  event_id: string | null;
  item_id: string;
  occurred_at: string;
  order_id: string | null;
  position: number | null;
  quantity: number;
  received_at: string;
  recommendation_id: string | null;
  seen: boolean;
  session_id: string | null;
  type: EventType;
  unit_price: number | null;
  user_id: string | null;
}

/** How a list came about. */
export type Strategy = "personalized" | "folded_in" | "popular" | "trending";

/** What an offer cost in the end. */
export interface TakenFields {
  cost?: number | null;
}

/** An offer that was taken. */
export interface TakenResponse {
  benefit: string;
  cost: number;
  offer_id: string;
  taken_at: string;
}

/** Everything held on a shopper. */
export interface UserResponse {
  elsewhere: Record<string, any>;
  events: Array<StoredEvent>;
  mails: Array<Mail>;
  merged: Array<MergedId>;
  user_id: string;
  variants: Record<string, string>;
  profiling?: ProfilingAnswer | null;
}
