import type { KitchenPorts } from '../../shared/orders/prepare-order.ts';
import { orderChanges } from '../orders/ports.ts';
import { settings } from '../../shared/adapters/environment.ts';
import { httpCarrier } from '../../shared/adapters/http-carrier.ts';
import { guards } from '../../shared/adapters/resilience/guards.ts';
import { tableKitchenTickets } from '../../shared/adapters/tables/kitchen-tickets.ts';
import { table } from '../../shared/adapters/tables/table.ts';
import { tables } from '../../shared/kernel/topology.ts';

export const carrier = httpCarrier(settings().CARRIER_URL, guards.carrier);
export const kitchenTickets = tableKitchenTickets(table(tables.kitchenTickets));
export const kitchenPorts: KitchenPorts = { orderChanges, kitchenTickets };
