import { events } from '../../shared/adapters/messaging/event-grid.ts';
import { tableAlerts } from '../../shared/adapters/tables/alerts.ts';
import { tableOperatorTasks } from '../../shared/adapters/tables/operator-tasks.ts';
import { tableSignals } from '../../shared/adapters/tables/signals.ts';
import { table } from '../../shared/adapters/tables/table.ts';
import { tables } from '../../shared/kernel/topology.ts';
import type { CloudEvent } from '../../shared/kernel/cloud-event.ts';
import type { AlertWish } from '../../shared/operations/alert.ts';
import type { TaskWish } from '../../shared/operations/operator-task.ts';
import { type AlertPorts, raiseAlert as raise } from '../../shared/operations/raise-alert.ts';
import { raiseTask as raiseOnce } from '../../shared/operations/raise-task.ts';

const told = { tell: (event: CloudEvent<object>): Promise<void> => events.publish(event), now: Date.now };

export const tasks = tableOperatorTasks(table(tables.operatorTasks));
export const signals = tableSignals(table(tables.signalState));
export const alerting: AlertPorts = { alerts: tableAlerts(table(tables.signalState)), ...told };

/** The same wish twice is one task. @throws AppError storage-unavailable, events-unavailable: raise it again */
export const raiseTask = (wish: TaskWish): Promise<void> => raiseOnce({ tasks, ...told }, wish);

/** Raised once until it is cleared. @throws AppError storage-unavailable, concurrent-change, events-unavailable: raise it again */
export const raiseAlert = (wish: AlertWish): Promise<void> => raise(alerting, wish);
