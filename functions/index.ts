// Every function of the app: importing a file registers it.
import { app } from '@azure/functions';
import './health.ts';
import './mail/send-order-confirmation.ts';
import './orders/cancel-order.ts';
import './orders/get-order.ts';
import './orders/get-order-events.ts';
import './orders/list-orders.ts';
import './orders/place-order.ts';
import './orders/project-orders-by-customer.ts';
import './orders/publish-outbox.ts';
import './orders/sweep-outbox.ts';
import './payment-saga/arrange-shipment.ts';
import './payment-saga/authorise-payment.ts';
import './payment-saga/cancel-shipment.ts';
import './payment-saga/capture-payment.ts';
import './payment-saga/complete-order.ts';
import './payment-saga/payment-saga.ts';
import './payment-saga/record-cancellation.ts';
import './payment-saga/record-failed-compensation.ts';
import './payment-saga/release-stock.ts';
import './payment-saga/reserve-stock.ts';
import './payment-saga/reverse-payment.ts';
import './payment-saga/start-payment-saga.ts';
import './prepare-storage.ts';
import './products/get-product.ts';
import './products/list-products.ts';

app.setup({ enableHttpStream: true });
