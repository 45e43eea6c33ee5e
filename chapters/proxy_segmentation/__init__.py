"""What the chapter proxy_segmentation alone needs; its lesson lies beside."""
