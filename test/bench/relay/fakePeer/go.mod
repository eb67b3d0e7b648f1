module meshwright.test/fakepeer

go 1.21
