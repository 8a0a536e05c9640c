/**
 * How Alibaba Cloud is asked: signed, reactive clients of the ACR OpenAPI, and what its errors
 * mean. Whatever comes back from afar is cut, masked and classified here, before it goes anywhere.
 */
package io.acrcredential.operator.alibabacloud;
