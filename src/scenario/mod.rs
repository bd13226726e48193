//! What if: projections of results under other assumptions.
