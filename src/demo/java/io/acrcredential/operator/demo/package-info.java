/**
 * What {@code ./demo} runs: a Kubernetes API, a strict ACR simulator and the operator as packaged,
 * watched from outside while they work. It measures what it promises and fails if one of its
 * promises is not kept.
 */
package io.acrcredential.operator.demo;
