"""The answers, as structs. JSON, the OpenAPI description and templates are made from them."""
