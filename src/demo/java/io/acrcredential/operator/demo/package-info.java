/**
 * What {@code ./demo} runs: a Kubernetes API, a strict ACR simulator and the operator as packaged,
 * observed through the API server. It measures the results and fails if a check fails. {@link
 * io.acrcredential.operator.demo.StatusPageCheck} is {@code dev/status-page}.
 */
package io.acrcredential.operator.demo;
