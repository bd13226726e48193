//! Blocks of whole records, cut by one quote-aware scanner that runs ahead in file order.
