/**
 * Benchmarks: the figures of docs/performance.md, measured against the packaged operator in a
 * process of its own, on a real kube-apiserver whose audit log counts every request. A figure never
 * stands alone: beside it are a bare parallel writer's from the same run and that of the best peer.
 */
package io.acrcredential.operator.bench;
