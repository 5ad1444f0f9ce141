import { createHash } from 'node:crypto';
import { PermanentError, type StepContext, StepHandler } from '@tasker/worker-sdk';
import { callService } from './call-service';
import type { Reservation, Shipment } from './order';

/** Hands the reserved goods to the configured `carrier`, one parcel for each warehouse. */
export class ShipOrder extends StepHandler {
  async call(context: StepContext) {
    await callService(context);
    const reservations = context.getDependencyField<Reservation['reservations']>('reserve_stock', 'reservations');
    if (reservations === undefined || reservations.length === 0) throw new PermanentError('nothing was reserved');
    const [first] = reservations;
    const shipment: Shipment = {
      carrier: context.getConfig<string>('carrier') ?? 'post',
      tracking_number: `NP${createHash('sha256').update(String(first?.id)).digest('hex').slice(0, 8).toUpperCase()}`,
      parcels: new Set(reservations.map(({ warehouse }) => warehouse)).size,
    };
    return this.success(shipment, { warehouses: reservations.map(({ warehouse }) => warehouse) });
  }
}
