/** The HTTP server under the simulator and the registry. */
package io.acrcredential.operator.testkit.http;
