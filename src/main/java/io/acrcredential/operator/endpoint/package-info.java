/**
 * What differs between the endpoints of Alibaba Cloud: hosts of STS, clocks, TLS; and the
 * environment variables of the official SDKs.
 */
package io.acrcredential.operator.endpoint;
