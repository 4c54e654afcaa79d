module stepwell

go 1.24
