"""What is asked of the Admin API."""

CUSTOMER_FIELD = "customer { id }"
"""It needs the scope ``read_customers``."""

_ORDERS = """{
  orders%(filter)s {
    edges { node {
      id name createdAt processedAt updatedAt cancelledAt test displayFinancialStatus
      email phone %(customer)s
      currentSubtotalLineItemsQuantity
      refunds { id createdAt }
      lineItems { edges { node {
        id name title sku quantity currentQuantity
        variant { id } product { id }
        originalUnitPriceSet { shopMoney { amount currencyCode } }
      } } }
    } }
  }
}"""

PRODUCTS = """{
  products {
    edges { node {
      id title handle status vendor productType tags publishedAt updatedAt
      category { fullName }
      featuredMedia { preview { image { url } } }
      variantsCount { count }
      variants { edges { node {
        id sku price inventoryPolicy inventoryQuantity
        inventoryItem { tracked }
        selectedOptions { name value }
        image { url }
      } } }
    } }
  }
}"""

ACCESS = """query {
  shop { myshopifyDomain currencyCode }
  currentAppInstallation { accessScopes { handle } }
}"""

RUN = """mutation ($query: String!) {
  bulkOperationRunQuery(query: $query) {
    bulkOperation { id status createdAt }
    userErrors { code field message }
  }
}"""

OPERATION = """query ($id: ID!) {
  node(id: $id) {
    ... on BulkOperation { id status errorCode createdAt objectCount fileSize url partialDataUrl }
  }
}"""

ORDERS_THERE = """query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"""

SUBSCRIPTIONS = """query ($after: String) {
  webhookSubscriptions(first: 100, after: $after) {
    nodes { id topic uri }
    pageInfo { hasNextPage endCursor }
  }
}"""

SUBSCRIBE = """mutation ($topic: WebhookSubscriptionTopic!, $uri: String!) {
  webhookSubscriptionCreate(topic: $topic, webhookSubscription: {uri: $uri}) {
    webhookSubscription { id }
    userErrors { field message }
  }
}"""


def orders(search: str = "", *, with_customer: bool = True) -> str:
    """Return what a bulk operation is to read of orders; ``search`` is Shopify's search syntax."""
    chosen = f'(query: "{search}")' if search else ""
    return _ORDERS % {"filter": chosen, "customer": CUSTOMER_FIELD if with_customer else ""}
