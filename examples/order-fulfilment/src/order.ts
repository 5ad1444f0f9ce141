/** A task's input: what the shop sends. The template's `input_schema` has checked it. */
export interface Order {
  readonly order_id: string;
  readonly customer: { readonly name: string; readonly email: string };
  readonly card_number: string;
  readonly items: readonly OrderItem[];
}

/** One line of an order. */
export interface OrderItem {
  readonly sku: string;
  readonly quantity: number;
}

/** Result of `validate_order`. */
export interface ValidatedOrder {
  readonly order_id: string;
  readonly lines: readonly { readonly sku: string; readonly title: string; readonly quantity: number }[];
  readonly total_cents: number;
}

/** Result of `authorize_payment`. */
export interface Payment {
  readonly authorization: string;
  readonly amount_cents: number;
  readonly card: string;
  readonly attempts: number;
}

/** Result of `check_stock`: the warehouse that each line comes from. */
export interface StockCheck {
  readonly lines: readonly { readonly sku: string; readonly quantity: number; readonly warehouse: string }[];
}

/** Result of `reserve_stock`. */
export interface Reservation {
  readonly reservations: readonly { readonly id: string; readonly sku: string; readonly warehouse: string }[];
}

/** Result of `ship_order`. */
export interface Shipment {
  readonly carrier: string;
  readonly tracking_number: string;
  readonly parcels: number;
}
