/**
 * What tests and the demo run against: a simulated Alibaba Cloud (ACR, STS, ECS metadata, ACK's
 * token file), a registry behind it, a real puller.
 */
package io.acrcredential.operator.testkit;
