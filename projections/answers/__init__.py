"""What is answered, as structs: JSON, the OpenAPI text and templates come from them."""
