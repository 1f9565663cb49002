import { heap, meanTime, requests } from "../../core/java-panels";
import type { ServicePanels } from "../../core/panels";

export const panels: ServicePanels = {
  rows: [{ title: "Kafka-UI", panels: [requests("kafka-ui"), meanTime("kafka-ui"), heap("kafka-ui")] }],
};
