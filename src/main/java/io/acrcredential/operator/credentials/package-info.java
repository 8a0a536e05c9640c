/**
 * Where an access key comes from: from an identity's name to the AccessKey that signs, asked anew
 * for every batch of fetches, so that a changed Secret is used at once.
 */
package io.acrcredential.operator.credentials;
