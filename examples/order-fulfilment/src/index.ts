export { AuthorizePayment, DECLINED_CARD } from './authorize-payment';
export { checkStock } from './check-stock';
export type { Order, OrderItem, Payment, Reservation, Shipment, StockCheck, ValidatedOrder } from './order';
export { reserveStock } from './reserve-stock';
export { sendConfirmation } from './send-confirmation';
export { ShipOrder } from './ship-order';
export { ValidateOrder } from './validate-order';
