/**
 * What {@code ./demo} runs: a Kubernetes API, a strict ACR simulator and the operator as packaged,
 * observed through the API server. It measures the results and fails if a check fails.
 */
package io.acrcredential.operator.demo;
