"""pictory-egress: one hardened, watched door between a company's software and the Pictory API."""
