/** What tests and the demo run against: a simulated ACR, a registry behind it, a real puller. */
package io.acrcredential.operator.testkit;
